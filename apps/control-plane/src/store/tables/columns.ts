import type { ColumnType } from 'kysely'

/** jsonb: read as a value, written as text (pg would turn a JavaScript array into a PostgreSQL array). */
export type Json<T> = ColumnType<T, string, string>
export type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>
/** A timestamp that the database sets by itself. */
export type Stamp = ColumnType<Date, Date | undefined, Date>
export type StampOrNull = ColumnType<Date | null, Date | null | undefined, Date | null>
export type BigInt_ = ColumnType<string, string | number | undefined, string | number>
export type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>
