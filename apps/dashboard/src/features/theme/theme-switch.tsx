import { Monitor, Moon, Sun } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { Choice } from '../../ui/choice.tsx'
import { chooseTheme, THEMES, useTheme } from './theme.ts'

export const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon } as const

export function ThemeSwitch() {
  const t = useT()
  const options = THEMES.map((theme) => ({ value: theme, text: t(`theme.${theme}`), icon: THEME_ICONS[theme], testId: `theme-${theme}` }))
  return <Choice label={t('theme.label')} options={options} value={useTheme()} onChange={chooseTheme} />
}
