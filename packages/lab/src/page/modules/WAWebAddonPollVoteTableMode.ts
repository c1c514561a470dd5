/** Polls are not simulated; a client wraps this function. */
export const make = () => ({ pollVoteTableMode: { bulkUpsert: async () => undefined } })
