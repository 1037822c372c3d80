import { describe, expect, it } from 'vitest';
import type { CompletionRequest } from '../../src/model/model-client.ts';
import type { ModelEndpoint } from '../../src/model/presets.ts';
import { requestBody } from '../../src/model/request-body.ts';

const endpoint: ModelEndpoint = {
  provider: 'openrouter',
  name: 'vendor/name',
  baseUrl: 'http://localhost',
  apiKey: 'k',
  jsonSchema: true,
  reportsCost: true,
};

const request: CompletionRequest = {
  model: 'openrouter/vendor/name',
  messages: [{ role: 'user', content: 'hello' }],
  jsonSchema: { type: 'object' },
  parameters: { temperature: 0, model: 'another', stream: true },
};

describe('requestBody', () => {
  it('asks for a schema and for the cost where the provider understands that', () => {
    expect(requestBody(request, endpoint, false)).toEqual({
      model: 'vendor/name',
      messages: request.messages,
      stream: false,
      temperature: 0,
      usage: { include: true },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object' }, strict: false },
      },
    });
  });

  it('asks for neither elsewhere', () => {
    const body = requestBody(request, { ...endpoint, jsonSchema: false, reportsCost: false }, false);
    expect(Object.keys(body).sort()).toEqual(['messages', 'model', 'stream', 'temperature']);
  });

  it('asks for the counts too where the reply is to come in pieces', () => {
    expect(requestBody(request, endpoint, true)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});
