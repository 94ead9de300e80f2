// A virtual file system whose reads Swift answers: GDAL's drivers see seekable files, Swift sees "so many bytes from
// here". Everything that goes wrong is remembered on the other side; GDAL is told of a read that came short.
#pragma once
#include <cpl_conv.h>
#include <cpl_vsi.h>
#include <sys/stat.h>

typedef struct {
  // Gives a file's length, and the file itself to be handed back to `close`; NULL when it cannot be read.
  void *(*open)(const char *name, int64_t *size);
  // Reads exactly `count` bytes; 0 when that went well.
  int (*read)(void *file, int64_t position, void *buffer, int64_t count);
  void (*close)(void *file);
} apus_remote_files;

typedef struct {
  const apus_remote_files *files;
  void *file;
  int64_t size;
  int64_t position;
  int at_end;
} apus_remote_handle;

static void *apus_remote_open(void *files, const char *name, const char *access) {
  if (access[0] != 'r' || (access[1] == '+' || (access[1] && access[2] == '+'))) return NULL;
  int64_t size = 0;
  void *file = ((apus_remote_files *)files)->open(name, &size);
  if (!file) return NULL;
  apus_remote_handle *handle = (apus_remote_handle *)CPLCalloc(1, sizeof(*handle));
  handle->files = (apus_remote_files *)files;
  handle->file = file;
  handle->size = size;
  return handle;
}

static int apus_remote_stat(void *files, const char *name, VSIStatBufL *status, int flags) {
  (void)flags;
  int64_t size = 0;
  void *file = ((apus_remote_files *)files)->open(name, &size);
  if (!file) return -1;
  ((apus_remote_files *)files)->close(file);
  struct stat *fields = (struct stat *)status;
  fields->st_size = size;
  fields->st_mode = S_IFREG;
  return 0;
}

static vsi_l_offset apus_remote_tell(void *opaque) {
  return (vsi_l_offset)((apus_remote_handle *)opaque)->position;
}

static int apus_remote_seek(void *opaque, vsi_l_offset offset, int whence) {
  apus_remote_handle *handle = (apus_remote_handle *)opaque;
  int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? handle->position : handle->size;
  handle->position = base + (int64_t)offset;
  handle->at_end = 0;
  return handle->position < 0 ? -1 : 0;
}

static size_t apus_remote_read(void *opaque, void *buffer, size_t size, size_t count) {
  apus_remote_handle *handle = (apus_remote_handle *)opaque;
  if (size == 0 || count == 0) return 0;
  int64_t left = handle->position < handle->size ? handle->size - handle->position : 0;
  int64_t wanted = (int64_t)(size * count);
  if (wanted > left) {
    wanted = left;
    handle->at_end = 1;
  }
  if (wanted == 0 || handle->files->read(handle->file, handle->position, buffer, wanted) != 0) return 0;
  handle->position += wanted;
  return (size_t)wanted / size;
}

static int apus_remote_eof(void *opaque) { return ((apus_remote_handle *)opaque)->at_end; }

static int apus_remote_close(void *opaque) {
  apus_remote_handle *handle = (apus_remote_handle *)opaque;
  handle->files->close(handle->file);
  CPLFree(handle);
  return 0;
}

// Installs the file system; `files` must live as long as the process.
static inline int apus_install_remote_files(
    const char *prefix, apus_remote_files *files, size_t buffer_size, size_t cache_size) {
  VSIFilesystemPluginCallbacksStruct *callbacks = VSIAllocFilesystemPluginCallbacksStruct();
  callbacks->pUserData = files;
  callbacks->open = apus_remote_open;
  callbacks->stat = apus_remote_stat;
  callbacks->tell = apus_remote_tell;
  callbacks->seek = apus_remote_seek;
  callbacks->read = apus_remote_read;
  callbacks->eof = apus_remote_eof;
  callbacks->close = apus_remote_close;
  callbacks->nBufferSize = buffer_size;
  callbacks->nCacheSize = cache_size;
  int code = VSIInstallPluginHandler(prefix, callbacks);
  VSIFreeFilesystemPluginCallbacksStruct(callbacks);
  return code;
}
