// The part of netCDF-C that Apus uses, as Swift can import it.
#pragma once
#if !__has_include(<netcdf.h>)
#error "Apus needs the headers of netCDF: run scripts/setup, or install libnetcdf-dev and pkg-config (Debian's names)"
#endif
#include <netcdf.h>
