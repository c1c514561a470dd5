import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'

/** What stays: the last ones whatever their age, all of some days, the last one of some weeks and months. */
export const KEEP = { last: 3, days: 7, weeks: 4, months: 3 }

/** The ids of those copies that need not stay; `copies` selects `id`, `of` (of what it is one), `at` (when), `zone` (whose weeks and months). */
export const outlived = (copies: RawBuilder<unknown>, now: Date): RawBuilder<{ id: string }> => sql<{ id: string }>`
  with copies as (${copies}), dated as (
    select id, of, at, row_number() over (partition by of order by at desc) as nr,
      date_trunc('week', at at time zone zone) as week, date_trunc('month', at at time zone zone) as month
    from copies
  ), ranked as (
    select *, row_number() over (partition by of, week order by at desc) as in_week, dense_rank() over (partition by of order by week desc) as week_nr,
      row_number() over (partition by of, month order by at desc) as in_month, dense_rank() over (partition by of order by month desc) as month_nr
    from dated
  )
  select id from ranked
  where nr > ${KEEP.last} and at < ${now}::timestamptz - make_interval(days => ${KEEP.days})
    and not (in_week = 1 and week_nr <= ${KEEP.weeks}) and not (in_month = 1 and month_nr <= ${KEEP.months})`
