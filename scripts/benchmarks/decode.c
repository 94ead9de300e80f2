// Reads every block of band 1 of every file through GDAL, and does nothing else: what any program that goes
// through GDAL must at least spend. `GDALReadBlock` goes past the block cache, which would only add copies.
//
//   bench-decode THREADS LIST      LIST is a text file with one path a line

#include <gdal.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **paths;
static size_t count, next;
static long long pixels;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *path, const char *what) {
  fprintf(stderr, "%s: %s: %s\n", path, what, CPLGetLastErrorMsg());
  exit(1);
}

static long long decode(const char *path) {
  GDALDatasetH dataset = GDALOpen(path, GA_ReadOnly);
  if (!dataset) fail(path, "cannot be opened");
  GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
  int width, height;
  GDALGetBlockSize(band, &width, &height);
  int columns = (GDALGetRasterBandXSize(band) + width - 1) / width;
  int rows = (GDALGetRasterBandYSize(band) + height - 1) / height;
  void *block = malloc((size_t)width * height * GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band)));
  if (!block) fail(path, "out of memory");
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < columns; column++)
      if (GDALReadBlock(band, column, row, block) != CE_None) fail(path, "a block cannot be read");
  free(block);
  long long size = (long long)GDALGetRasterBandXSize(band) * GDALGetRasterBandYSize(band);
  GDALClose(dataset);
  return size;
}

static void *work(void *unused) {
  long long mine = 0;
  for (;;) {
    pthread_mutex_lock(&lock);
    size_t index = next++;
    pthread_mutex_unlock(&lock);
    if (index >= count) break;
    mine += decode(paths[index]);
  }
  pthread_mutex_lock(&lock);
  pixels += mine;
  pthread_mutex_unlock(&lock);
  return unused;
}

int main(int argc, char **argv) {
  int threads = argc == 3 ? atoi(argv[1]) : 0;
  FILE *list = threads > 0 && threads <= 256 ? fopen(argv[2], "r") : NULL;
  if (!list) {
    fprintf(stderr, "usage: bench-decode THREADS LIST\n");
    return 64;
  }
  char line[4096];
  while (fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = 0;
    paths = realloc(paths, (count + 1) * sizeof *paths);
    if (!paths || !(paths[count++] = strdup(line))) return 1;
  }
  fclose(list);
  GDALAllRegister();
  pthread_t workers[256];
  for (int i = 0; i < threads; i++)
    if (pthread_create(&workers[i], NULL, work, NULL) != 0) return 1;
  for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
  printf("%lld pixels\n", pixels);
  return 0;
}
