import { afterAll, describe, test } from '@jest/globals';
import descriptor from '../../../sources/local-filesystem/index.js';
import { sourceContract } from '../../contract/source-contract.js';
import { png } from '../../support/pictures.js';
import { openFolderRig } from './folder-rig.js';

/** One folder for all: what one run has listed is located in another one. */
const rig = openFolderRig();
for (const number of [1, 2, 10]) rig.write(`pictures/robot ${number}.png`, png(8, 8, number));
rig.write('pictures/notes.txt', 'no picture');
afterAll(() => rig.close());

describe('local-filesystem keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      descriptor,
      paths: true,
      async open() {
        const { source } = openFolderRig({ base: rig.path() });
        return { source, reference: './pictures', unknown: './nowhere' };
      },
      recognised: [
        './output',
        '../output',
        '~/Pictures',
        '~',
        '/srv/archive',
        'C:\\archive',
        'c:/archive',
        'file:///srv/a%20b',
        'output/2024',
      ],
      foreign: [
        'output',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'demo',
        'https://imgur.com/a/aB3dE5f',
        'imgur:a/aB3dE5f',
        'file://server/share?x=1',
        'file:output',
        'file:///a%2Fb',
        'file:///a%00b',
        './a\nb',
      ],
    },
  );
});
