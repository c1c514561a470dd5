/** The API takes no longer text or caption. */
export const LONGEST = 65_536
