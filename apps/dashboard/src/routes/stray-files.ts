/** A file that is dropped where nothing takes it would be opened by the browser in the place of the application, with all that was not sent. */
export function ignoreStrayFiles(): void {
  const ignore = (event: DragEvent) => {
    if (event.defaultPrevented || event.dataTransfer?.types.includes('Files') !== true) return
    // The browser's own place for files.
    if (event.target instanceof HTMLInputElement && event.target.type === 'file') return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'none'
  }
  // On the window, after whoever may want them.
  window.addEventListener('dragover', ignore)
  window.addEventListener('drop', ignore)
}
