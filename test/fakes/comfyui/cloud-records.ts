/** How a prompt looks in Comfy Cloud: files are named by digests, and some times are in seconds. */

import { metaRecord, statusRecord } from './history-records.js';
import { jobDetail, jobRecord } from './job-records.js';
import type { FakePrompt } from './prompts.js';

export interface CloudRecords {
  job(prompt: FakePrompt): object;
  jobDetail(prompt: FakePrompt): object;
  /** The deprecated history: without the graphs in the list, with them for one prompt. */
  history(prompt: FakePrompt): object;
  historyDetail(prompt: FakePrompt): object;
}

/** The description of the service says seconds; milliseconds are what a server of one's own answers. */
export type CloudTimes = 'seconds' | 'milliseconds';

export function createCloudRecords(times: CloudTimes): CloudRecords {
  const time = (milliseconds: number) => (times === 'seconds' ? Math.floor(milliseconds / 1000) : milliseconds);
  const job = (prompt: FakePrompt, record: Record<string, unknown>) => {
    const { preview_output, priority, has_errors, completion_status, execution_error_count, ...rest } = record;
    const named = preview_output === undefined ? {} : { preview_output: renamed(preview_output, prompt) };
    return { ...rest, ...named, create_time: time(prompt.created) };
  };
  return {
    job: (prompt) => job(prompt, jobRecord(prompt, true)),
    jobDetail(prompt) {
      const { execution_errors, ...detail } = jobDetail(prompt, true);
      const { outputs, ...record } = job(prompt, detail) as Record<string, unknown>;
      const update = { update_time: time(prompt.ended ?? prompt.created) };
      if (prompt.ended === undefined) return { ...record, ...update };
      return { ...record, ...update, outputs: renamed(outputs, prompt), execution_meta: metaRecord(prompt) };
    },
    history(prompt) {
      const { extra_pnginfo, ...extra } = prompt.extraData;
      const facts = { priority: prompt.number, prompt_id: prompt.id, extra_data: extra };
      const head = { prompt_id: prompt.id, create_time: prompt.created, workflow_id: prompt.workflowId };
      return { ...head, prompt: facts, ...ended(prompt) };
    },
    historyDetail(prompt) {
      const facts = { priority: prompt.number, prompt_id: prompt.id, prompt: prompt.graph };
      const more = { extra_data: prompt.extraData, outputs_to_execute: prompt.outputNodes };
      return { prompt: { ...facts, ...more }, ...ended(prompt) };
    },
  };
}

function ended(prompt: FakePrompt): object {
  if (prompt.ended === undefined) return {};
  return { outputs: renamed(prompt.outputs, prompt), status: statusRecord(prompt), meta: metaRecord(prompt) };
}

/** The same value with the cloud's names in all entries that lead to a file; the subfolder stays for show. */
function renamed(value: unknown, prompt: FakePrompt): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, prompt));
  if (Object.getPrototypeOf(Object(value)) !== Object.prototype) return value;
  const fields = Object.entries(value as object).map(([key, own]) => [key, renamed(own, prompt)]);
  const { filename, subfolder } = value as { filename?: unknown; subfolder?: unknown };
  const path = `${subfolder}/${filename}`.replace(/^\//u, '');
  const file = prompt.files.find((own) => `${own.subfolder}/${own.filename}`.replace(/^\//u, '') === path);
  return { ...Object.fromEntries(fields), ...(file === undefined ? {} : { filename: file.cloudName }) };
}
