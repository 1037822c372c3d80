import { createRequire } from 'node:module';

type Class = abstract new (...given: never[]) => unknown;
interface Protobuf {
  Type: Class;
  Enum: Class;
}

/**
 * Lets Temporal's packages recognise one another's message types, without which its external storage cannot write a
 * reference ("type must be a Type"). Each of them needs protobufjs, and where a project has another version of it for
 * something else, npm gives each a copy of its own.
 */
export function shareProtobufTypes(): void {
  const [common, proto] = ['@temporalio/common', '@temporalio/proto'].map(protobufOf);
  if (!common || !proto || common === proto) return;
  recognise(common.Type, proto.Type);
  recognise(common.Enum, proto.Enum);
}

/** The copy of protobufjs that a package uses. */
function protobufOf(name: string): Protobuf {
  const path = createRequire(import.meta.url).resolve(name);
  return createRequire(path)('protobufjs') as Protobuf;
}

function recognise(own: Class, other: Class): void {
  if (Object.hasOwn(own, Symbol.hasInstance)) return;
  const isInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(own, Symbol.hasInstance, {
    value: (value: unknown) => isInstance.call(own, value) || isInstance.call(other, value),
  });
}
