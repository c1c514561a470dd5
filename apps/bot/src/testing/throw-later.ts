// Preloaded by a test: something goes wrong once the bot runs.
setTimeout(() => void Promise.reject(new Error('nobody expects this')), 1_500)
