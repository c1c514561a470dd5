/** The look of the small round buttons beside a message. */
export const ACTION = 'rounded-full p-1.5 text-ink-soft hover:bg-sunken hover:text-ink [&_svg]:size-4'
