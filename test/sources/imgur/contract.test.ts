import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/imgur/index.js';
import { sourceContract } from '../../contract/source-contract.js';
import { openImgurRig } from '../../support/imgur-rig.js';

const TOKEN = 'c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55';

describe('imgur keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      descriptor,
      async open(credential = TOKEN) {
        const options = { animated: 'both' };
        const rig = await openImgurRig({ recording: true, credential, accessToken: TOKEN, options });
        const { fake } = rig;
        const account = fake.oauth.account.username;
        // The account's lists come in pages of 100.
        for (let number = 0; number < 101; number += 1) {
          fake.addAlbum({ account, images: number % 50 === 0 ? 1 : 0, created: 1_600_000_000 + number });
        }
        for (let number = 0; number < 2; number += 1) fake.addImage({ account, created: 1_500_000_000 });
        const album = fake.addAlbum({
          account,
          title: 'A trip',
          created: 1_600_000_200,
          images: [
            { description: 'first' },
            { format: 'gif' },
            { format: 'mp4' },
            { linkQuery: '1' },
            { format: 'png' },
          ],
        });
        const always = { host: 'api', count: Number.POSITIVE_INFINITY } as const;
        return {
          source: rig.source,
          reference: `album:${album.id}`,
          unknown: 'any:0000000',
          secrets: [TOKEN],
          hosts: [rig.mediaHost],
          service: {
            requests: () => rig.asked().length,
            running: rig.running,
            record: rig.record,
            revoke: () => fake.oauth.revoke(),
            stall() {
              fake.faults.clear();
              fake.faults.inject({ ...always, what: { kind: 'stall', when: 'before' } });
            },
            refuse(words) {
              fake.faults.clear();
              const body = JSON.stringify({ data: { error: words }, success: false, status: 400 });
              fake.faults.inject({ ...always, what: { kind: 'status', status: 400, body } });
            },
          },
          close: () => rig.shut(),
        };
      },
      recognised: [
        'aB3dE5f',
        'aB3dE',
        '1234567',
        'a/aB3dE5f',
        'gallery/aB3dE5f',
        'album:aB3dE5f',
        'image:aB3dE5f,c0VeR11',
        'https://imgur.com/a/aB3dE5f',
        'https://imgur.com/gallery/the-trip-to-rome-aB3dE5f',
        'https://i.imgur.com/c0VeR11h.jpg',
        'https://imgur.com/aB3dE5f,c0VeR11',
        'https://imgur.com/user/somebody',
        'imgur.com/t/cats/aB3dE5f',
      ],
      foreign: [
        'https://labs.openai.com/s/ZJQ3vCqpLDxCu56ULN79OUs9',
        'https://imgur.com/',
        'https://imgur.com/upload',
        'https://imgur.com.example.org/a/aB3dE5f',
        'https://example.org/a/aB3dE5f',
        'https://i.stack.imgur.com/aB3dE5f.png',
        'https://api.imgur.com/3/album/aB3dE5f',
        'ftp://imgur.com/a/aB3dE5f',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'aB3dE5',
        'aB3dE5f0',
        'album:',
        'album:../../etc',
        'album:aB3dE5f,c0VeR11',
        'demo',
      ],
      wrongCredentials: [
        '',
        'aB3dE5f',
        'https://imgur.com/a/aB3dE5f',
        'sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        'Client-ID 0123',
        'Bearer c0ffee11c0ffee22c0ffee33',
        'my password',
      ],
      historyPages: 2,
    },
  );
});
