// The part of HDF5 that Apus uses, as Swift can import it.
#pragma once
#include <hdf5.h>
