/** All commands, in the order in which `help` lists them. */

import type { Command } from '../command.js';
import { adoptCommand } from './adopt.js';
import { clearCommand, dropCommand, listCommand } from './buffer.js';
import { configCommand } from './config.js';
import { loginCommand, logoutCommand } from './credentials.js';
import { exitCommand } from './exit.js';
import { exportCommand } from './export.js';
import { fetchCommand } from './fetch.js';
import { forgetCommand } from './forget.js';
import { createHelpCommand } from './help.js';
import { historyCommand } from './history.js';
import { infoCommand } from './info.js';
import { sinksCommand, sourcesCommand, useCommand } from './plugins.js';
import { repairCommand } from './repair.js';
import { retryCommand } from './retry.js';
import { saveCommand } from './save.js';
import { verifyCommand } from './verify.js';
import { watchCommand } from './watch.js';

export const COMMANDS: readonly Command[] = [
  fetchCommand,
  saveCommand,
  watchCommand,
  infoCommand,
  listCommand,
  dropCommand,
  clearCommand,
  retryCommand,
  historyCommand,
  verifyCommand,
  repairCommand,
  forgetCommand,
  adoptCommand,
  exportCommand,
  useCommand,
  sourcesCommand,
  sinksCommand,
  loginCommand,
  logoutCommand,
  configCommand,
  createHelpCommand(() => COMMANDS),
  exitCommand,
];
