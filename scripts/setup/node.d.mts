export const NODE_VERSION: string
