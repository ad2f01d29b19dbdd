import { describe, expect, test } from '@jest/globals';
import { json, type List, useFakeHappyAccidents } from './session.js';

interface ModelRecord {
  id: string;
  name: string;
  type: string;
}

const session = useFakeHappyAccidents();
const list = async (query: string) => json<List<ModelRecord>>(await session.api(`/models/metadata-items?${query}`, {}));

describe('a model', () => {
  test('of every kind that an inference names is in the catalogue', async () => {
    session.fake.addInference({ modelId: 'm', lora: { id: 'l', weight: 1 }, embeddingIds: ['e'] });
    for (const [id, type] of [
      ['m', 'CHECKPOINT'],
      ['l', 'LORA'],
      ['e', 'TEXTUAL_INVERSION'],
    ]) {
      expect(json(await session.api(`/models/metadata-items/${id}`, {}))).toMatchObject({
        id,
        type,
        name: expect.any(String),
        author: expect.any(String),
        modelProvider: 'CIVITAI',
        activeVersionId: expect.any(String),
        activeVersion: { modelMetadataItemId: id },
      });
    }
  });

  test('that was deleted is not found, though later inferences name it', async () => {
    session.fake.addInference({ modelId: 'm' });
    session.fake.removeModel('m');
    session.fake.addInference({ modelId: 'm' });
    const answer = await session.api('/models/metadata-items/m', {});
    expect([answer.status, json(answer)]).toEqual([404, { detail: expect.any(String) }]);
  });

  test('has an external id that is now a number and now a text', async () => {
    for (const name of ['a', 'b']) session.fake.addModel({ name });
    const kinds = (await list('')).items.map(
      (record) => typeof (record as unknown as { externalId: unknown }).externalId,
    );
    expect(new Set(kinds)).toEqual(new Set(['number', 'string']));
  });
});

describe('the catalogue', () => {
  test('counts its pages from 1, with parameters in camelCase', async () => {
    for (const name of ['a', 'b', 'c']) session.fake.addModel({ name });
    const pages = [await list('currentPage=1&pageSize=2'), await list('currentPage=2&pageSize=2')];
    expect(pages.map(({ items }) => items.map(({ name }) => name))).toEqual([['a', 'b'], ['c']]);
    expect(pages[1]!.paginationMetadata).toEqual({ currentPage: 2, pageSize: 2, totalItems: null, hasNextPage: false });
    expect((await list('current_page=2&page_size=2')).items).toHaveLength(3);
    expect((await session.api('/models/metadata-items?currentPage=0', {})).status).toBe(422);
  });

  test('can be searched by name and by kind', async () => {
    session.fake.addModel({ name: 'Ferns', kind: 'LORA' });
    session.fake.addModel({ name: 'Ferns at night' });
    session.fake.addModel({ name: 'Robots' });
    expect((await list('search=ferns')).items).toHaveLength(2);
    expect((await list('search=ferns&modelType[]=LORA')).items.map(({ name }) => name)).toEqual(['Ferns']);
  });
});
