/** Preview links lead nowhere from here, whatever the sandbox does. */
export class PreviewUnreachable extends Error {
  override readonly name = 'PreviewUnreachable';
}

/** Whether this process reaches preview links; said once when it does not. */
export class PreviewReach {
  isReachable = true;
  /** Whether one ever answered, with anything. */
  isProven = false;

  giveUp(error: PreviewUnreachable): void {
    if (!this.isReachable) return;
    this.isReachable = false;
    process.emitWarning(
      `Daytona's preview links cannot be reached from here (${error.message}); sandboxes are asked by processes in them, which is slower`,
      { type: 'DaytonaPreviewUnreachable' },
    );
  }
}
