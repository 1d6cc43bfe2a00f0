//===- IRText.h - What may go to the parser of IR -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDC_IRTEXT_H
#define BRAID_TOOLS_BRAIDC_IRTEXT_H

#include "braid/Formats/Status.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace braid {

/// Refuses what the parser, which recurses into brackets, cannot take.
Status checkIRText(llvm::StringRef text, const std::string &file);

} // namespace braid

#endif // BRAID_TOOLS_BRAIDC_IRTEXT_H
