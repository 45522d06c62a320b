import './no-eval.ts'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './design/tokens.css'
import './design/base.css'
import './design/controls.css'
import './shell/shell.css'
import './views/views.css'
import { followLinks } from './navigation/navigation.ts'
import { App } from './shell/app.tsx'
import { followTheme } from './shell/theme.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
followTheme()
followLinks()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
