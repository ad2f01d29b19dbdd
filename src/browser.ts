/** The system's browser: `$BROWSER` first, as scripts and remote machines set it. */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Environment } from './config.js';

/** How long a browser has to fail in. One that still runs then has opened, or is the page's own process. */
const PATIENCE = 1500;

/**
 * The URL is handed over as one argument, never through a shell. False when nothing could be started, or what was
 * started failed at once.
 */
export async function openBrowser(url: string, environment: Environment): Promise<boolean> {
  const own = environment.BROWSER;
  if (own !== undefined && own !== '') {
    if (own === 'none' || own === 'false') return false;
    // A list separated by colons, each perhaps with %s for the URL: the convention of xdg-open.
    for (const entry of own.split(process.platform === 'win32' ? ';' : ':')) {
      const [command, ...words] = entry.trim().split(/\s+/u);
      if (command === undefined || command === '') continue;
      const args = words.some((word) => word.includes('%s'))
        ? words.map((word) => word.replaceAll('%s', url))
        : [...words, url];
      if (await started(command, args)) return true;
    }
    return false;
  }
  if (process.platform === 'linux' && environment.DISPLAY === undefined && environment.WAYLAND_DISPLAY === undefined)
    return false;
  try {
    const { default: open } = await import('open');
    // It answers as soon as the system's opener runs, which may find no browser.
    return await succeeds(await open(url));
  } catch {
    return false;
  }
}

function started(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.unref();
  return succeeds(child);
}

function succeeds(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode === 0);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), PATIENCE);
    child.once('error', () => {
      clearTimeout(timer);
      resolve(false);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}
