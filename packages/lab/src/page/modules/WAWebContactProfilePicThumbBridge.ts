/** Nobody has a picture. */
export const make = () => ({ requestProfilePicFromServer: async () => null })
