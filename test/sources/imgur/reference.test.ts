import { describe, expect, test } from '@jest/globals';
import { readReference, recognise } from '../../../sources/imgur/reference.js';

describe('addresses', () => {
  test.each([
    ['an album', 'https://imgur.com/a/aB3dE5f', 'album:aB3dE5f'],
    ['an album with a slug', 'https://imgur.com/a/the-trip-to-rome-aB3dE5f', 'album:aB3dE5f'],
    ['an album with a slug that is not ASCII', 'https://imgur.com/a/caf%C3%A9-é-aB3dE5f', 'album:aB3dE5f'],
    ['an album, all of it', 'https://imgur.com/a/aB3dE5f/all', 'album:aB3dE5f'],
    ['an album as videos', 'https://imgur.com/a/aB3dE5f/gifv', 'album:aB3dE5f'],
    ['an album as a grid', 'https://imgur.com/a/aB3dE5f/layout/grid', 'album:aB3dE5f'],
    ['an album, at its second image', 'https://imgur.com/a/aB3dE5f#2', 'album:aB3dE5f'],
    ['an album with a query', 'https://imgur.com/a/aB3dE5f?grid&x=y', 'album:aB3dE5f'],
    ['an album of old days', 'http://imgur.com/a/xY3', 'album:xY3'],
    ['a gallery post', 'https://imgur.com/gallery/aB3dE5f', 'gallery:aB3dE5f'],
    ['a gallery post with a slug', 'https://imgur.com/gallery/so-it-begins-aB3dE5f', 'gallery:aB3dE5f'],
    ['a gallery post with a comment', 'https://imgur.com/gallery/aB3dE5f/comment/123456789', 'gallery:aB3dE5f'],
    ['a post under a tag', 'https://imgur.com/t/cats/aB3dE5f', 'gallery:aB3dE5f'],
    ['a post under a tag with a slug', 'https://imgur.com/t/unmuted/loud-cat-aB3dE5f', 'gallery:aB3dE5f'],
    ['a post of a topic', 'https://imgur.com/topic/Storytime/aB3dE5f', 'gallery:aB3dE5f'],
    ['a post of a subreddit', 'https://imgur.com/r/pics/aB3dE5f', 'any:aB3dE5f'],
    ['a page of an image', 'https://imgur.com/c0VeR11', 'image:c0VeR11'],
    ['a page of an image with 5 letters', 'https://imgur.com/c0VeR', 'image:c0VeR'],
    ['a page of an image with a slug', 'https://imgur.com/my-cat-c0VeR11', 'image:c0VeR11'],
    ['a page whose slug begins like one of the site', 'https://imgur.com/about-my-cat-c0VeR11', 'image:c0VeR11'],
    ['a page of a very old image', 'https://imgur.com/1x', 'image:1x'],
    ['two images', 'https://imgur.com/c0VeR11,vId3o22', 'image:c0VeR11,vId3o22'],
    ['two images with an ampersand', 'https://imgur.com/c0VeR11&vId3o22', 'image:c0VeR11,vId3o22'],
    ['one image twice', 'https://imgur.com/c0VeR11,c0VeR11', 'image:c0VeR11'],
    ['a file', 'https://i.imgur.com/c0VeR11.jpg', 'image:c0VeR11'],
    ['a file with a query', 'http://i.imgur.com/c0VeR11.jpg?1', 'image:c0VeR11'],
    ['a file with a file in its query', 'http://i.imgur.com/c0VeR11.jpg?5.jpg', 'image:c0VeR11'],
    ['a file with an odd ending', 'https://i.imgur.com/c0VeR11.giff', 'image:c0VeR11'],
    ['a video page', 'https://i.imgur.com/c0VeR11.gifv', 'image:c0VeR11'],
    ['a video page in capitals', 'https://i.imgur.com/c0VeR11.GIFV', 'image:c0VeR11'],
    ['a video of low quality', 'https://i.imgur.com/c0VeR11_lq.mp4', 'image:c0VeR11'],
    ['a preview', 'https://i.imgur.com/c0VeR11_d.webp?maxwidth=760&fidelity=grand', 'image:c0VeR11'],
    ['a file without an ending', 'https://i.imgur.com/c0VeR11', 'image:c0VeR11'],
    ['a file for download', 'https://imgur.com/download/c0VeR11/', 'image:c0VeR11'],
    ['a file on the old host', 'http://o.imgur.com/c0VeR.png', 'image:c0VeR'],
    ['www', 'https://www.imgur.com/a/aB3dE5f', 'album:aB3dE5f'],
    ['the mobile site', 'https://m.imgur.com/a/aB3dE5f', 'album:aB3dE5f'],
    ['the short host', 'https://imgur.io/a/aB3dE5f', 'album:aB3dE5f'],
    ['files of the short host', 'https://i.imgur.io/c0VeR11.png', 'image:c0VeR11'],
    ['a host in capitals', 'HTTPS://I.IMGUR.COM/c0VeR11.png', 'image:c0VeR11'],
    ['an album in capitals', 'https://imgur.com/A/aB3dE5f', 'album:aB3dE5f'],
    ['a gallery post in capitals', 'https://imgur.com/Gallery/so-it-begins-aB3dE5f', 'gallery:aB3dE5f'],
    ['a post under a tag in capitals', 'https://imgur.com/T/Cats/aB3dE5f', 'gallery:aB3dE5f'],
    ['an image that is called like a folder in capitals', 'https://imgur.com/Gallery', 'image:Gallery'],
    ['an image with something behind it', 'https://imgur.com/c0VeR11/embed', 'image:c0VeR11'],
    ['no scheme', 'imgur.com/a/aB3dE5f', 'album:aB3dE5f'],
    ['no scheme but slashes', '//i.imgur.com/c0VeR11.png', 'image:c0VeR11'],
  ])('%s', (_what, typed, reference) => {
    expect(recognise(typed)).toEqual({ confidence: 'certain', reference });
  });

  test.each([...'sbtmlhgr'])('the thumbnail letter %s behind 5 or 7 characters is told apart', (letter) => {
    for (const id of ['c0VeR11', 'c0VeR']) {
      expect(recognise(`https://i.imgur.com/${id}${letter}.jpg`)?.reference).toBe(`thumbnail:${id}${letter}`);
      expect(recognise(`https://imgur.com/${id}${letter}`)?.reference).toBe(`thumbnail:${id}${letter}`);
    }
    // With so many characters it is the last letter of an id.
    expect(recognise(`https://i.imgur.com/c0VeR1${letter}.jpg`)?.reference).toBe(`image:c0VeR1${letter}`);
  });

  test('other letters behind an id are part of it', () => {
    expect(recognise('https://i.imgur.com/c0VeR11x.jpg')?.reference).toBe('image:c0VeR11x');
  });

  test.each([
    ['an account', 'https://imgur.com/user/some_body', 'list:user/some_body'],
    ['its posts', 'https://imgur.com/user/somebody/posts', 'list:user/somebody'],
    ['its favourites', 'https://imgur.com/user/somebody/favorites/folder/12/x', 'list:user/somebody'],
    ['an account’s own host', 'https://somebody.imgur.com', 'list:user/somebody'],
    ['an account’s own host, all of it', 'http://somebody.imgur.com/all', 'list:user/somebody'],
    ['a subreddit', 'https://imgur.com/r/pics', 'list:subreddit/pics'],
    ['a subreddit, sorted', 'https://imgur.com/r/pics/top/week', 'list:subreddit/pics'],
    ['a tag', 'https://imgur.com/t/cats', 'list:tag/cats'],
    ['a topic', 'https://imgur.com/topic/Storytime', 'list:topic/Storytime'],
    ['a search', 'https://imgur.com/search?q=cats', 'list:search'],
    ['the gallery', 'https://imgur.com/gallery', 'list:gallery'],
    ['the gallery, sorted', 'https://imgur.com/gallery/hot/viral', 'list:gallery'],
    ['the newest', 'https://imgur.com/new', 'list:gallery'],
    ['a name that fits into no reference', 'https://imgur.com/t/caf%C3%A9', 'list:tag'],
  ])('the list of %s is known, and kept apart', (_what, typed, reference) => {
    expect(recognise(typed)).toEqual({ confidence: 'certain', reference });
  });

  test.each([
    ['the front page', 'https://imgur.com/'],
    ['the page to upload', 'https://imgur.com/upload'],
    ['a page of rules', 'https://imgur.com/rules'],
    ['a maker of memes', 'https://imgur.com/meme-generator'],
    ['the placeholder', 'https://i.imgur.com/removed.png'],
    ['an icon', 'https://imgur.com/favicon.ico'],
    ['the API', 'https://api.imgur.com/3/album/aB3dE5f'],
    ['files of the site', 'https://s.imgur.com/c0VeR11.png'],
    ['another site’s files', 'https://i.stack.imgur.com/c0VeR11.png'],
    ['a host that only begins so', 'https://imgur.com.example.org/a/aB3dE5f'],
    ['a host that only ends so', 'https://notimgur.com/a/aB3dE5f'],
    ['a user name before the host', 'https://imgur.com@example.org/a/aB3dE5f'],
    ['a user name', 'https://me@imgur.com/a/aB3dE5f'],
    ['another port', 'https://imgur.com:8443/a/aB3dE5f'],
    ['another scheme', 'ftp://imgur.com/a/aB3dE5f'],
    ['an album without id', 'https://imgur.com/a/'],
    ['a page of the site in capitals', 'https://imgur.com/About/team'],
    ['an id that is too long', 'https://imgur.com/aB3dE5f0123'],
    ['an id with a dot', 'https://imgur.com/a/..%2f..%2fetc'],
  ])('%s is no reference', (_what, typed) => {
    expect(recognise(typed)).toBeUndefined();
  });
});

describe('ids', () => {
  test.each([
    ['of 7 characters', 'aB3dE5f', 'any:aB3dE5f'],
    ['of 5 characters', 'aB3dE', 'any:aB3dE'],
    ['that look like a number', '1234567', 'any:1234567'],
    ['several', 'aB3dE5f,c0VeR', 'any:aB3dE5f,c0VeR'],
    ['of an album', 'album:aB3dE5f', 'album:aB3dE5f'],
    ['of an album as its path', 'a/aB3dE5f', 'album:aB3dE5f'],
    ['of an album as its path with words', '/a/my-trip-aB3dE5f', 'album:aB3dE5f'],
    ['of a gallery post', 'gallery/aB3dE5f', 'gallery:aB3dE5f'],
    ['of an album as its path in capitals', 'A/aB3dE5f', 'album:aB3dE5f'],
    ['of a gallery post in capitals', 'Gallery/aB3dE5f', 'gallery:aB3dE5f'],
    ['of an image', 'image:c0VeR11', 'image:c0VeR11'],
    ['very old ones with a prefix', 'image:1x', 'image:1x'],
    ['very old ones as a path', 'a/1x', 'album:1x'],
  ])('%s', (_what, typed, reference) => {
    expect(recognise(typed)).toEqual({ confidence: 'possible', reference });
  });

  test.each([
    '',
    'abcd',
    'abcdef',
    'abcdefgh',
    'aB3dE5f ',
    'aB3-E5f',
    'aB3dE5f,',
    'b/aB3dE5f',
    'user:aB3dE5f',
    'list:',
  ])('%j is none', (typed) => {
    expect(recognise(typed)).toBeUndefined();
  });
});

describe('a reference that was recognised', () => {
  test('is read into its parts', () => {
    expect(readReference('image:c0VeR11,vId3o22')).toEqual({ kind: 'image', names: ['c0VeR11', 'vId3o22'] });
    expect(readReference('list:user/somebody')).toEqual({ kind: 'list', names: ['user/somebody'] });
  });

  test.each(['aB3dE5f', 'album:a,b', 'thumbnail:a,b', 'album:', 'tag:abc', 'constructor:abc'])('%j is none', (text) => {
    expect(readReference(text)).toBeUndefined();
  });
});
