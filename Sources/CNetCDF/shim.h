// The part of netCDF-C that Apus uses, as Swift can import it.
#pragma once
#include <netcdf.h>
