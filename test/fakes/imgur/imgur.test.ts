import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { exchange } from '../../support/exchange.js';
import { jpeg, mp4 } from '../../support/pictures.js';
import { startProxy } from '../proxy.js';
import { API_HOST, createFakeImgur, MEDIA_HOST, WEB_HOST } from './index.js';
import { startFakeImgur } from './loopback.js';
import { json, useFakeImgur } from './session.js';

const session = useFakeImgur();
const { api, data, file, post } = session;

/** An answer as somebody kept it: with its own spaces, and fields in any order. */
function recordedAnswer(): string {
  const image = { title: null, datetime: 1_600_000_000, width: 640, height: 480, views: 5, has_sound: false };
  const images = [
    { id: 'oJDyent', ...image, description: 'Step 1', type: 'image/jpeg', animated: false, size: 2_000 },
    { id: 'C0jJ4D0', ...image, description: null, type: 'image/gif', animated: true, size: 703, mp4_size: 700 },
  ].map((record) => {
    const ending = record.animated ? 'gif' : 'jpg';
    const video = record.animated ? { mp4: `https://i.imgur.com/${record.id}.mp4` } : {};
    return { ...record, link: `https://i.imgur.com/${record.id}.${ending}`, ...video, of_its_time: true };
  });
  const album = { id: 'aB3dE5f', title: 'Album', description: 'éclairs', datetime: 1_600_000_000, privacy: 'hidden' };
  return JSON.stringify(
    { data: { ...album, cover: 'oJDyent', layout: 'blog', views: 10, images }, success: true, status: 200 },
    null,
    4,
  );
}

test('a recorded album is answered to the byte, but for where its links lead', async () => {
  const response = recordedAnswer();
  session.fake.albumFromResponse(response, {});
  const text = (await api('/3/album/aB3dE5f')).body.toString('utf8');
  expect(text.replaceAll(session.mediaOrigin, 'https://i.imgur.com')).toBe(response);
  expect(text).not.toContain('i.imgur.com');
  const { data: recorded } = JSON.parse(text);
  expect(await data('/3/album/aB3dE5f/images')).toEqual(recorded.images);
  expect(await data('/3/image/C0jJ4D0')).toEqual(recorded.images[1]);
});

test('a recorded album has the files that were brought along, and the others are gone', async () => {
  const files = { 'oJDyent.jpg': jpeg(1, 2_000), 'C0jJ4D0.mp4': mp4(2, 4_000) };
  session.fake.albumFromResponse(recordedAnswer(), files);
  for (const [name, bytes] of Object.entries(files)) expect((await file(`/${name}`)).body.equals(bytes)).toBe(true);
  expect((await file('/C0jJ4D0.gif')).status).toBe(302);
});

test('a recorded album is known to the newer API, and can change', async () => {
  session.fake.albumFromResponse(recordedAnswer(), {});
  expect(await post('/albums/aB3dE5f?include=media')).toMatchObject({
    description: 'éclairs',
    media: [{ metadata: { description: 'Step 1' } }, { ext: 'gif', size: 703 }],
  });
  session.fake.setAlbum('aB3dE5f', { title: 'Other', images: (images) => images.slice(0, 1) });
  const album = await data('/3/album/aB3dE5f');
  expect(album).toMatchObject({ title: 'Other', images_count: 1, views: 10, images: [{ of_its_time: true }] });
});

test('answers are compressed for those who accept it, where that is wanted', async () => {
  const { fake, apiUrl, close } = await startFakeImgur({ gzip: true });
  const { id } = fake.addAlbum({ images: 3 });
  const headers = { Authorization: `Client-ID ${fake.oauth.clientId}`, 'Accept-Encoding': 'gzip, deflate' };
  const answer = await exchange(`${apiUrl}/3/album/${id}`, { headers });
  await close();
  expect(answer.headers['content-encoding']).toBe('gzip');
  expect(json({ ...answer, body: gunzipSync(answer.body) }).data.images).toHaveLength(3);
});

test('the web site has a page for each post, whatever stands before its id', async () => {
  const { id } = session.fake.addAlbum();
  const image = session.fake.addImage();
  const status = async (path: string) => (await exchange(`${session.webOrigin}${path}`)).status;
  for (const path of [`/a/${id}`, `/a/some-words-${id}/all`, `/gallery/some-words-${id}`, `/t/cats/x-${image.id}`]) {
    expect(await status(path)).toBe(200);
  }
  expect([await status(`/${image.id}`), await status('/a/nOtHeRe')]).toEqual([200, 404]);
});

test('behind a proxy it stands at the real names', async () => {
  const fake = createFakeImgur();
  const hosts = { [API_HOST]: fake.apiListener, [MEDIA_HOST]: fake.mediaListener, [WEB_HOST]: fake.webListener };
  const proxy = await startProxy({ hosts });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  const image = fake.addImage({ plainLinks: true });
  const headers = { Authorization: `Client-ID ${fake.oauth.clientId}` };
  const record = json(await exchange(`https://${API_HOST}/3/image/${image.id}`, { headers, agent })).data;
  expect(record.link).toBe(`http://${MEDIA_HOST}/${image.id}.jpg`);
  const picture = await exchange(record.link.replace(/^http:/u, 'https:'), { agent });
  agent.destroy();
  await proxy.close();
  expect(picture.body.equals(image.files.original!)).toBe(true);
  expect(fake.requests.map(({ host, status }) => [host, status])).toEqual([
    ['api', 200],
    ['media', 200],
  ]);
});
