import { Store } from '../data/store.ts'

/** Dialogs that can be opened from anywhere. */
export type DialogName = 'palette' | 'help' | 'create-room' | 'speaker'

/** The dialog that is open. One at a time. */
export const openDialog = new Store<DialogName | undefined>(undefined)

/** Whether the navigation lies over the page; on narrow screens alone. */
export const navOpen = new Store(false)
