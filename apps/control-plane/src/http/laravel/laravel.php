<?php
// As much of Laravel as docs/laravel.md and the API reference use, for their tests: the HTTP client's calls, made for real.

namespace Illuminate\Http\Client;

class Response
{
    public function __construct(private int $status, private string $body) {}

    public function json(?string $key = null): mixed
    {
        $all = $this->body === '' ? null : json_decode($this->body, true, 512, JSON_THROW_ON_ERROR);
        return $key === null ? $all : ($all[$key] ?? null);
    }

    public function body(): string { return $this->body; }

    public function throw(): self
    {
        if ($this->status >= 400) {
            throw new \RuntimeException("HTTP request returned status code {$this->status}: {$this->body}");
        }
        return $this;
    }
}

class PendingRequest
{
    private string $base = '';
    private array $headers = [];
    private int $seconds = 30;
    private ?array $raw = null;

    public function baseUrl(string $url): self { $this->base = $url; return $this; }
    public function withToken(string $token): self { return $this->withHeaders(['Authorization' => "Bearer {$token}"]); }
    public function acceptJson(): self { return $this->withHeaders(['Accept' => 'application/json']); }
    public function withHeaders(array $headers): self { $this->headers = array_merge($this->headers, $headers); return $this; }
    public function timeout(int $seconds): self { $this->seconds = $seconds; return $this; }

    public function get(string $path, array $query = []): Response { return $this->ask('GET', $path.($query ? '?'.http_build_query($query) : ''), null); }
    public function post(string $path, array $data = []): Response { return $this->ask('POST', $path, $data); }
    public function put(string $path, array $data = []): Response { return $this->ask('PUT', $path, $data); }
    public function withBody(string $content, string $type = 'application/json'): self { $this->raw = [$content, $type]; return $this; }
    public function patch(string $path, array $data = []): Response { return $this->ask('PATCH', $path, $data); }
    public function delete(string $path, array $data = []): Response { return $this->ask('DELETE', $path, $data); }

    private function ask(string $method, string $path, ?array $data): Response
    {
        $headers = $this->headers;
        // Guzzle writes an empty array as [].
        [$content, $type] = $this->raw ?? [$data === null ? '' : json_encode($data), 'application/json'];
        if ($data !== null) $headers['Content-Type'] = $type;
        $lines = array_map(fn ($name, $value) => "{$name}: {$value}", array_keys($headers), $headers);
        $context = stream_context_create(['http' => [
            'method' => $method, 'header' => $lines, 'content' => $content, 'timeout' => $this->seconds, 'ignore_errors' => true,
        ]]);
        $body = file_get_contents($this->base.$path, false, $context);
        preg_match('/ (\d{3}) /', $http_response_header[0].' ', $found);
        return new Response((int) $found[1], (string) $body);
    }
}

namespace Illuminate\Support\Facades;

class Http
{
    public static function __callStatic(string $name, array $arguments): mixed
    {
        return (new \Illuminate\Http\Client\PendingRequest)->$name(...$arguments);
    }
}

namespace Illuminate\Support;

class Str
{
    public static function uuid(): string
    {
        return trim(file_get_contents('/proc/sys/kernel/random/uuid'));
    }
}

namespace App\Services;

function config(string $name): string
{
    return getenv(['services.zaptria.url' => 'ZAPTRIA_URL', 'services.zaptria.key' => 'ZAPTRIA_API_KEY'][$name]);
}
