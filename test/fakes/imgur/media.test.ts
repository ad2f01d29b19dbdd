import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { pathOf, useFakeImgur } from './session.js';

const session = useFakeImgur();
const { data, file, post } = session;

/** The kind of a file, by its first bytes. */
function kindOf(bytes: Buffer): string {
  const head = bytes.subarray(0, 16).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('GIF89a')) return 'gif';
  if (head.startsWith('\x89PNG')) return 'png';
  if (head.slice(4, 8) === 'ftyp') return 'mp4';
  return head.slice(8, 12) === 'WEBP' ? 'webp' : head;
}

describe('a file', () => {
  test.each([
    ['jpeg', {}, '.jpg', 'jpeg', 'image/jpeg'],
    ['jpeg with its other ending', { ext: 'jpeg' }, '.jpeg', 'jpeg', 'image/jpeg'],
    ['png', { format: 'png' }, '.png', 'png', 'image/png'],
    ['moving png', { format: 'apng' }, '.png', 'png', 'image/png'],
    ['webp', { format: 'webp' }, '.webp', 'webp', 'image/webp'],
    ['gif', { format: 'gif' }, '.gif', 'gif', 'image/gif'],
    ['video', { format: 'mp4', hasSound: true }, '.mp4', 'mp4', 'video/mp4'],
  ] as const)('is behind the link, as large as declared: %s', async (_, given, ending, kind, type) => {
    const image = session.fake.addImage(given);
    const record = await data(`/3/image/${image.id}`);
    expect(record).toMatchObject({ type, link: `${session.mediaOrigin}/${image.id}${ending}` });
    const answer = await exchange(record.link);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type } });
    expect([kindOf(answer.body), answer.body.length]).toEqual([kind, record.size]);
    expect((await post(`/media/${image.id}?include=media`)).media).toMatchObject([
      { url: record.link, mime_type: type },
    ]);
  });

  test('says in the newer API whether it moves, and whether it sounds', async () => {
    const { id } = session.fake.addAlbum({ images: [{ format: 'apng' }, { format: 'mp4', hasSound: true }, {}] });
    const { media } = await post(`/albums/${id}?include=media`);
    expect(media).toMatchObject([
      { type: 'image', metadata: { is_animated: true, has_sound: false } },
      { type: 'video', metadata: { is_animated: true, has_sound: true } },
      { type: 'image', metadata: { is_animated: false } },
    ]);
  });

  test('has links of the past where it is told so', async () => {
    const { id, files } = session.fake.addImage({ linkQuery: '1', plainLinks: true });
    const { link } = await data(`/3/image/${id}`);
    expect(link).toBe(`${session.mediaOrigin}/${id}.jpg?1`);
    expect((await exchange(link)).body.equals(files.original!)).toBe(true);
  });

  test('answers under nearly any ending, as what it is', async () => {
    const { id } = session.fake.addImage({ format: 'png' });
    for (const ending of ['.png', '.jpg', '.GIF', '.giff', '.jpg?5.jpg']) {
      const answer = await file(`/${id}${ending}`);
      expect([answer.status, answer.headers['content-type'], kindOf(answer.body)]).toEqual([200, 'image/png', 'png']);
    }
  });

  test('has thumbnails, which are other files', async () => {
    const { id, files } = session.fake.addImage({ format: 'png' });
    const seen = new Set<string>();
    for (const letter of 'sbtmlhgr') {
      const { body } = await file(`/${id}${letter}.jpg`);
      expect([kindOf(body), body.equals(files.original!)]).toEqual(['jpeg', false]);
      seen.add(body.toString('latin1'));
    }
    expect(seen.size).toBe(8);
    expect(kindOf((await file(`/${id}_d.webp?maxwidth=760&fidelity=grand`)).body)).toBe('webp');
  });

  test('comes in parts, and not at all to those who have it', async () => {
    const { id, files } = session.fake.addImage();
    const { headers } = await file(`/${id}.jpg`);
    const part = await file(`/${id}.jpg`, { Range: 'bytes=10-', 'If-Range': headers.etag! });
    expect([part.status, part.body.equals(files.original!.subarray(10))]).toEqual([206, true]);
    expect((await file(`/${id}.jpg`, { 'If-None-Match': headers.etag! })).status).toBe(304);
  });
});

describe('a moving GIF', () => {
  test('has an MP4 form, with a size of its own', async () => {
    const { id } = session.fake.addImage({ format: 'gif' });
    const record = await data(`/3/image/${id}`);
    expect(record).toMatchObject({ animated: true, looping: true, processing: { status: 'completed' } });
    const { body } = await exchange(record.mp4);
    expect([kindOf(body), body.length]).toEqual(['mp4', record.mp4_size]);
  });

  test('of more than 20 MB is linked in a shrunken copy, and is whole under its own name', async () => {
    const size = 21_000_000;
    const { id } = session.fake.addImage({ format: 'gif', size });
    const record = await data(`/3/image/${id}`);
    expect(record).toMatchObject({ size, link: `${session.mediaOrigin}/${id}h.gif` });
    expect((await exchange(record.link)).body.length).toBeLessThan(10_000);
    const whole = await file(`/${id}.gif`);
    expect([kindOf(whole.body), whole.body.length]).toEqual(['gif', size]);
    expect(kindOf((await exchange(record.mp4)).body)).toBe('mp4');
  });

  test('may have an MP4 that is not made yet, or none that is told', async () => {
    const pending = session.fake.addImage({ format: 'gif', mp4: 'pending' });
    const record = await data(`/3/image/${pending.id}`);
    expect(record).toMatchObject({ mp4_size: 0, processing: { status: 'pending' } });
    expect((await exchange(record.mp4)).status).toBe(302);
    session.fake.setImage(pending.id, { mp4: 'ready' });
    expect((await exchange(record.mp4)).status).toBe(200);
    const missing = session.fake.addImage({ format: 'gif', mp4: 'missing' });
    const bare = await data(`/3/image/${missing.id}`);
    for (const field of ['mp4', 'mp4_size', 'gifv', 'hls']) expect(bare).not.toHaveProperty(field);
    expect(bare.animated).toBe(true);
  });

  test('has a page that is no video', async () => {
    const { id } = session.fake.addImage({ format: 'gif' });
    const { headers, body } = await file(`/${id}.GIFV`);
    expect(headers['content-type']).toMatch(/^text\/html/u);
    expect(body.toString('utf8')).toContain(`<meta property="og:video" content="${session.mediaOrigin}/${id}.mp4" />`);
    expect(body.toString('utf8')).toMatch(/<source src="\/\/127\.0\.0\.1:\d+\/\w+\.mp4" type="video\/mp4">/u);
    expect((await file(`/${id}.webm`)).status).toBe(302);
  });
});

describe('in place of the file', () => {
  test.each(['.jpg', '.mp4', 'h.gif'])('one that was removed leads to a picture of 503 bytes: %s', async (ending) => {
    const { id, images } = session.fake.addAlbum({ images: [{ format: 'gif' }] });
    session.fake.setImage(images[0]!.id, { removed: true });
    expect((await data(`/3/album/${id}`)).images).toHaveLength(1);
    const { status, headers } = await file(`/${images[0]!.id}${ending}`);
    expect([status, headers.location]).toEqual([302, `${session.mediaOrigin}/removed.png`]);
    const removed = await exchange(headers.location!);
    expect([removed.status, kindOf(removed.body), removed.body.length]).toEqual([200, 'png', 503]);
  });

  test('one that never was leads there as well', async () => {
    expect(pathOf((await file('/nOtHeRe.jpg')).headers.location!)).toBe('/removed.png');
  });

  test('those who accept pages get a page, or are sent to one', async () => {
    const { id } = session.fake.addImage({ format: 'gif' });
    const Accept = 'text/html,image/webp,*/*;q=0.8';
    const page = await file(`/${id}.gif`, { Accept });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const video = await file(`/${id}.mp4`, { Accept });
    expect([video.status, pathOf(video.headers.location!)]).toEqual([302, `/${id}.gifv`]);
    expect(kindOf((await file(`/${id}.mp4`, { Accept: '*/*' })).body)).toBe('mp4');
  });

  test('those who come from foreign pages get nothing', async () => {
    const { id } = session.fake.addImage();
    const status = async (Referer: string) => (await file(`/${id}.jpg`, { Referer })).status;
    expect(await status('https://example.org/imgur.com/')).toBe(403);
    expect(await status('https://imgur.com.example.org/')).toBe(403);
    expect(await status('https://imgur.com/a/x')).toBe(200);
    expect(await status('https://i.imgur.com')).toBe(200);
  });

  test('a well-known script gets 429, others do not', async () => {
    const { id } = session.fake.addImage();
    const status = async (agent: string) => (await file(`/${id}.jpg`, { 'User-Agent': agent })).status;
    expect([await status('python-requests/2.31.0'), await status('curl/8.5.0')]).toEqual([429, 200]);
  });

  test('the regions that the service has left get a picture that is none of theirs', async () => {
    const { id, files } = session.fake.addImage();
    session.fake.regionBlocked = true;
    const { status, headers, body } = await file(`/${id}.jpg`);
    expect([status, headers['content-type'], kindOf(body)]).toEqual([200, 'image/png', 'png']);
    expect([503, files.size]).not.toContain(body.length);
    session.fake.regionBlocked = false;
    expect((await file(`/${id}.jpg`)).body.equals(files.original!)).toBe(true);
  });
});
