// libdeflate as Swift can import it.
#pragma once
#include <libdeflate.h>
