/** The signature of a task on a repository. Its result is the patch; the answer says what was done. */
export const repositoryTask = 'task: str -> answer: str';
