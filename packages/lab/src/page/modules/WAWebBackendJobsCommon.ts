/** Clients wrap this one for locations. */
export const make = () => ({ mediaTypeFromProtobuf: () => null })
