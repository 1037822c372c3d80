import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';

const name = z.string().min(1).max(4_000);

/** The repository that an agent works on, as a user names it. */
export const WorkspaceInput = z.strictObject({
  /** Any git URL (https, ssh, `file://`), or the absolute path of a local repository. Holds no password or token. */
  repository: name,
  /** A branch or a tag. Default: the repository's default branch. */
  branch: name.optional(),
  /** A commit, by its hash or the beginning of it. Default: the newest of the branch. */
  commit: name.optional(),
});
export type WorkspaceInput = z.infer<typeof WorkspaceInput>;

/** The repository that a tree of agents works on, resolved: each of them gets a clone of this very commit. */
export const Workspace = z.object({
  repository: name,
  /** The branch that the clone is on; null: none, the commit alone. */
  branch: name.nullable(),
  /** The full hash. */
  commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
});
export type Workspace = z.infer<typeof Workspace>;

/** What an agent changed in its clone: the difference between the commit and the files, as `git apply` reads it. */
export const Patch = z.object({
  /** Null: nothing was changed. */
  stored: ArtifactReference.nullable(),
  bytes: z.number().int().nonnegative(),
  /** How many files it changes. */
  files: z.number().int().nonnegative(),
  /** What could not be put into it. */
  remarks: z.array(z.string()),
});
export type Patch = z.infer<typeof Patch>;
