/** What `.gifv` is: no video, but a page around one. */

import type { Answer } from '../service/answer.js';
import type { FakeImage } from './images.js';
import type { Links } from './links.js';

export function videoPage({ mediaOrigin }: Links, image: FakeImage): Answer {
  const source = `${mediaOrigin}/${image.id}.mp4`;
  const page = `<!DOCTYPE html>
<html>
<head>
  <title>${image.id} - Imgur</title>
  <meta property="og:video" content="${source}" />
  <meta property="og:video:type" content="video/mp4" />
  <meta property="og:video:width" content="${image.width}" />
  <meta property="og:video:height" content="${image.height}" />
</head>
<body>
  <div class="video-container">
    <video poster="${mediaOrigin}/${image.id}h.jpg" preload="auto" autoplay muted loop>
      <source src="${source.replace(/^https?:/u, '')}" type="video/mp4">
    </video>
  </div>
</body>
</html>
`;
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: Buffer.from(page, 'utf8') };
}
