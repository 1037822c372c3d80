import { randomUUID } from 'node:crypto';
import type { DetailedReply } from './script.ts';
import { estimateTokens, type PromptEstimate } from './token-estimate.ts';

/** The body of a chat completion as OpenAI-compatible servers send it. */
export function completionBody(model: string, reply: DetailedReply, prompt: PromptEstimate) {
  const promptTokens = reply.usage?.promptTokens ?? prompt.promptTokens;
  const completionTokens = reply.usage?.completionTokens ?? estimateTokens(reply.content ?? '');
  return {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: reply.content,
          ...(reply.reasoning === undefined ? {} : { reasoning: reply.reasoning }),
        },
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      prompt_tokens_details: { cached_tokens: reply.usage?.cachedTokens ?? prompt.cachedTokens },
    },
  };
}
