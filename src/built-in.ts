/**
 * The plugins that come with the program. The only file that names them; each is a descriptor, and its body is loaded when
 * it is first used.
 */

import googleDrive from '../sinks/google-drive/index.js';
import localSink from '../sinks/local-filesystem/index.js';
import civitai from '../sources/civitai/index.js';
import comfyui from '../sources/comfyui/index.js';
import dalle2 from '../sources/dalle2/index.js';
import demo from '../sources/demo/index.js';
import happyAccidents from '../sources/happy-accidents/index.js';
import imgur from '../sources/imgur/index.js';
import localSource from '../sources/local-filesystem/index.js';
import openai from '../sources/openai/index.js';
import replicate from '../sources/replicate/index.js';
import type { PluginDescriptor } from './plugin.js';

/** In the order in which they are listed. */
export const BUILT_IN: readonly PluginDescriptor[] = [
  dalle2,
  imgur,
  happyAccidents,
  replicate,
  comfyui,
  civitai,
  openai,
  localSource,
  demo,
  localSink,
  googleDrive,
];
