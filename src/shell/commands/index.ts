/** All commands, in the order in which `help` lists them. */

import type { Command } from '../command.js';
import { clearCommand, dropCommand, listCommand } from './buffer.js';
import { configCommand } from './config.js';
import { loginCommand, logoutCommand } from './credentials.js';
import { exitCommand } from './exit.js';
import { fetchCommand } from './fetch.js';
import { createHelpCommand } from './help.js';
import { infoCommand } from './info.js';
import { sinksCommand, sourcesCommand, useCommand } from './plugins.js';
import { saveCommand } from './save.js';

export const COMMANDS: readonly Command[] = [
  fetchCommand,
  saveCommand,
  infoCommand,
  listCommand,
  dropCommand,
  clearCommand,
  useCommand,
  sourcesCommand,
  sinksCommand,
  loginCommand,
  logoutCommand,
  configCommand,
  createHelpCommand(() => COMMANDS),
  exitCommand,
];
