/** Reactions are not simulated; a client wraps this function. */
export const make = () => ({ reactionTableMode: { bulkUpsert: async () => undefined } })
