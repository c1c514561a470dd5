/** Beside the files of the vault. */
export const BACKUPS_FOLDER = 'backups'
