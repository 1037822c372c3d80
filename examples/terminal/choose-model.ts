import type { Settings } from 'durable-rlm';

/** The model of the settings where there is a key for it, else a scripted one, which needs none. */
export function chooseModel({ model, models }: Settings, scripted: string): string {
  const keys: Record<string, string | null> = {
    openrouter: models.openrouterApiKey,
    openai: models.openaiApiKey ?? models.openaiBaseUrl,
    anthropic: models.anthropicApiKey,
  };
  const [provider = ''] = model.split('/');
  return (keys[provider] ?? models.anyApiKey) === null ? scripted : model;
}

/** Names a model, and says when it is none. */
export function describeModel(model: string): string {
  return model.startsWith('scripted/') ? `${model}, a scripted model: its replies come from a script` : model;
}
