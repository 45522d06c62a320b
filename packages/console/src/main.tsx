import './no-eval.ts'
import { createRoot } from 'react-dom/client'
import './design/tokens.css'
import './design/base.css'

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
createRoot(root).render(<p>Moltnet</p>)
