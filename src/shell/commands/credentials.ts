import { AlbarettoError, usageError } from '../../errors.js';
import type { SourceDescriptor } from '../../plugin.js';
import { printable } from '../../printable.js';
import { type Command, DONE, flag, type Invocation } from '../command.js';

export const loginCommand: Command = {
  name: 'login',
  summary: 'sign in to a source or a sink, and keep the credential',
  usage: '[<source|sink>]',
  options: {},
  words: ['plugin'],
  details: [
    'Without a name: the current sink if it needs a sign-in, else the current source.',
    'What it stores is in credentials.json of the configuration folder, readable by you alone.',
  ],
  async run(invocation) {
    const name = nameOf(invocation, 'login');
    const { registry } = invocation.session.runtime;
    const source = registry.findSource(name);
    if (source !== undefined) await loginToSource(source, invocation);
    else await loginToSink(registry.sink(name).name, invocation);
    return DONE;
  },
};

export const logoutCommand: Command = {
  name: 'logout',
  summary: 'forget a stored credential',
  usage: '[<source|sink>] [--revoke]',
  options: { revoke: { type: 'boolean', description: 'end it at the service too' } },
  words: ['plugin'],
  async run(invocation) {
    const { session, options, signal } = invocation;
    const name = nameOf(invocation, 'logout');
    const { registry, config, reporter } = session.runtime;
    const revoke = flag(options, 'revoke');
    const source = registry.findSource(name);
    if (source !== undefined) {
      if (source.credentials === undefined) throw needsNone(source);
      if (revoke) throw usageError('--revoke is for sinks that sign in', `end the token of ${name} at its service`);
      session.tokens.delete(name);
      await config.credentials.forget(name);
    } else {
      const sink = await session.sink(registry.sink(name).name);
      if (sink.logout === undefined) throw usageError(`${name} has no sign-in`);
      await sink.logout({ revoke, signal });
    }
    reporter.emit({ event: 'notice', text: `${name}: signed out${revoke ? ' and revoked' : ''}` });
    return DONE;
  },
};

/** The name given, or the current plugin that has something to sign in to. */
function nameOf({ session, words }: Invocation, command: string): string {
  if (words.length > 1)
    throw usageError(`${command} takes one name`, 'a token is asked for, so that it does not stand in the history');
  const [name] = words;
  const { registry } = session.runtime;
  if (name !== undefined) {
    if (registry.findSource(name) !== undefined || registry.findSink(name) !== undefined) return name;
    throw usageError(`there is no source or sink '${printable(name, 40)}'`, "'sources' and 'sinks' list them");
  }
  return session.runtime.registry.sink(session.sinkName).signsIn ? session.sinkName : session.sourceName;
}

function needsNone({ name }: SourceDescriptor): AlbarettoError {
  return usageError(`${name} needs no credential`);
}

async function loginToSource(descriptor: SourceDescriptor, { session, signal }: Invocation): Promise<void> {
  const { runtime } = session;
  const spec = descriptor.credentials;
  if (spec === undefined) throw needsNone(descriptor);
  if (!runtime.ask.interactive) {
    throw new AlbarettoError({
      code: 'E_CREDENTIALS',
      message: 'nobody is there to ask for the token',
      hint: 'run login in a terminal',
      plugin: descriptor.name,
    });
  }
  runtime.reporter.emit({ event: 'notice', text: spec.howTo });
  const pasted = await runtime.ask.secret(`${spec.label}: `);
  runtime.redactor.add(pasted);
  const token = spec.check(pasted);
  runtime.redactor.add(token);
  const before = session.tokens.get(descriptor.name);
  session.tokens.set(descriptor.name, token);
  try {
    const opened = await session.source(descriptor.name);
    const account = await opened.source.check?.(signal);
    await runtime.config.credentials.setSecret(descriptor.name, spec.name, token);
    const who = account === undefined ? '' : ` (${printable(account, 100)})`;
    runtime.reporter.emit({ event: 'notice', text: `${descriptor.name}: the token is stored${who}` });
  } catch (thrown) {
    // A token that the service refuses is not kept, and does not displace the one before.
    if (before === undefined) session.tokens.delete(descriptor.name);
    else session.tokens.set(descriptor.name, before);
    throw thrown;
  } finally {
    runtime.reporter.idle();
  }
}

async function loginToSink(name: string, { session, signal }: Invocation): Promise<void> {
  const sink = await session.sink(name);
  if (sink.login === undefined) throw usageError(`${name} needs no sign-in`);
  try {
    const account = await sink.login({ signal, fresh: true });
    const who = account === undefined ? '' : ` as ${printable(account, 100)}`;
    session.runtime.reporter.emit({ event: 'notice', text: `${name}: signed in${who}` });
  } finally {
    session.runtime.reporter.idle();
  }
}
