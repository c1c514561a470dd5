/** Where a bot's session and outbox lie: with each move to another server under another name, so that what was left behind is never opened as its own again. */
export const volumeName = (containerName: string, moves: number): string => (moves === 0 ? containerName : `${containerName}-${moves}`)
