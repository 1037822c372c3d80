import { Daytona, type DaytonaConfig } from '@daytonaio/sdk';
import { type DaytonaStandIn, type DaytonaStandInOptions, startDaytonaStandIn } from './stand-in.ts';

export interface ConnectedStandIn extends AsyncDisposable {
  service: DaytonaStandIn;
  daytona: Daytona;
}

/** A stand-in, and the real SDK connected to it. */
export async function startConnected(
  options?: DaytonaStandInOptions,
  config: DaytonaConfig = {},
): Promise<ConnectedStandIn> {
  const service = await startDaytonaStandIn(options);
  const daytona = new Daytona({
    apiKey: service.apiKey,
    apiUrl: service.apiUrl,
    target: 'us',
    requestTimeoutMs: 20_000,
    useDeprecatedPolling: true,
    ...config,
  });
  return {
    service,
    daytona,
    async [Symbol.asyncDispose]() {
      await daytona[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}
