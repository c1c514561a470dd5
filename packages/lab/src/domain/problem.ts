/** The Lab was asked for something that its world does not have. The message is for the author of the test. */
export class LabError extends Error {
  override name = 'LabError'
}
