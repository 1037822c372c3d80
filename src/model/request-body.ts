import type { ChatCompletionCreateParamsBase } from 'openai/resources/chat/completions';
import type { CompletionRequest } from './model-client.ts';
import type { ModelEndpoint } from './presets.ts';

/** OpenRouter's own addition: the reply then says what it cost. */
interface CostReporting {
  usage?: { include: true };
}

type RequestBody<Stream extends boolean> = ChatCompletionCreateParamsBase & CostReporting & { stream: Stream };

/** The body of a chat completion request, with what this provider understands. */
export function requestBody<Stream extends boolean>(
  { messages, jsonSchema, parameters }: CompletionRequest,
  endpoint: ModelEndpoint,
  stream: Stream,
): RequestBody<Stream> {
  return {
    ...parameters,
    model: endpoint.name,
    messages,
    stream,
    ...(stream ? { stream_options: { include_usage: true } } : {}),
    ...(endpoint.reportsCost ? { usage: { include: true } } : {}),
    ...(jsonSchema && endpoint.jsonSchema ? { response_format: responseFormat(jsonSchema) } : {}),
  };
}

/** Not strict: a strict schema must forbid additional properties and require every field, which users' schemas do not. */
function responseFormat(schema: Record<string, unknown>) {
  return { type: 'json_schema' as const, json_schema: { name: 'answer', schema, strict: false } };
}
