/** The registry's host of an image repository: `registry.example.com:5000/shop/api` → `registry.example.com:5000`. */
export function repositoryHost(repository: string): string {
  return repository.split('/', 1)[0] ?? '';
}
