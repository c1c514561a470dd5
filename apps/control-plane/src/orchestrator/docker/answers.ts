import { z } from 'zod'

/** What is read of the engine's answers; all else in them is left alone. Source: the Engine API's published reference, 1.41. */

const Labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {})

export const ContainerInspect = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.int(),
  State: z.object({
    Status: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
    Running: z.boolean(),
    Paused: z.boolean(),
    Restarting: z.boolean(),
    OOMKilled: z.boolean(),
    ExitCode: z.int(),
    Error: z.string(),
    StartedAt: z.string(),
    Pid: z.int(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({ Labels }),
  HostConfig: z.object({
    Memory: z.number(),
    MemoryReservation: z.number(),
    MemorySwap: z.number(),
    NanoCpus: z.number(),
    CpuShares: z.number(),
    PidsLimit: z.number().nullable(),
    RestartPolicy: z.object({ Name: z.string() }),
  }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.unknown()),
    Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable()).nullish(),
  }),
})
export type ContainerInspect = z.infer<typeof ContainerInspect>

export const ContainerList = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Labels,
    State: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
    Status: z.string(),
  }),
)

export const Created = z.object({ Id: z.string() })

export const ContainerStats = z.object({
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({ usage: z.number().optional(), stats: z.record(z.string(), z.number()).optional() }),
  pids_stats: z.object({ current: z.number().optional() }).nullish(),
})
export type ContainerStats = z.infer<typeof ContainerStats>

/** `ID`: the engine's own, which it keeps. */
export const EngineInfo = z.object({ ID: z.string(), MemTotal: z.number() })

export const NetworkList = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Labels,
    IPAM: z.object({
      Config: z
        .array(z.object({ Subnet: z.string().optional(), Gateway: z.string().optional() }))
        .nullish()
        .transform((config) => config ?? []),
    }),
  }),
)
export type NetworkList = z.infer<typeof NetworkList>

export const ImageInspect = z.object({
  Id: z.string(),
  RepoDigests: z
    .array(z.string())
    .nullish()
    .transform((digests) => digests ?? []),
})

/** A line of `POST /images/create`; what failed is told in the stream, under status 200. */
export const PullProgress = z.object({ status: z.string().optional(), error: z.string().optional() })

export const EngineEvent = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
  timeNano: z.number(),
})
export type EngineEvent = z.infer<typeof EngineEvent>

export const VolumeInspect = z.object({ Name: z.string(), Labels, Options: z.record(z.string(), z.string()).nullish() })
export type VolumeInspect = z.infer<typeof VolumeInspect>

export const VolumeList = z.object({
  Volumes: z
    .array(z.object({ Name: z.string() }))
    .nullish()
    .transform((volumes) => volumes ?? []),
})

export const ImageCommand = z.object({
  Config: z.object({
    Cmd: z
      .array(z.string())
      .nullish()
      .transform((command) => command ?? []),
  }),
})
