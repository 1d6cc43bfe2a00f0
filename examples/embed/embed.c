//===- embed.c - Generate tokens from C -----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// embed ARTIFACT WEIGHTS COUNT TOKEN...
//
// Continues the given tokens by COUNT more and prints them, separated by commas.
//
//===----------------------------------------------------------------------===//

#include <braid/Runtime/braid.h>

#include <stdio.h>
#include <stdlib.h>

/// Ends the program if a call failed.
static void check(braid_status *status) {
  if (!status)
    return;
  fprintf(stderr, "error: %s\n", braid_status_message(status));
  braid_status_destroy(status);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "error: expected ARTIFACT WEIGHTS COUNT TOKEN...\n");
    return 2;
  }
  int64_t count = atoll(argv[3]), prompt_length = argc - 4;

  // The program: code and weights, shared by all sessions.
  braid_program_options load = {.size = sizeof load, .weights = argv[2]};
  braid_program *program = NULL;
  check(braid_program_load(argv[1], &load, &program));
  braid_model_info model = {.size = sizeof model};
  check(braid_program_model(program, &model));
  int32_t prefill = braid_program_find_entry(program, "prefill");
  int32_t decode = braid_program_find_entry(program, "decode");

  // The session: all memory that the calls below need.
  braid_session_options limits = {.size = sizeof limits, .max_rows = 1, .max_tokens = prompt_length,
                                  .max_context = prompt_length + count, .slots = 1};
  braid_session *session = NULL;
  check(braid_session_create(program, &limits, &session));
  braid_sampling greedy = {.size = sizeof greedy, .temperature = 0, .top_p = 1};
  braid_sampler *sampler = NULL;
  check(braid_sampler_create(&greedy, model.vocab_size, &sampler));

  int32_t *tokens = calloc((size_t)prompt_length, sizeof *tokens);
  float *logits = calloc((size_t)model.vocab_size, sizeof *logits);
  if (!tokens || !logits) {
    fprintf(stderr, "error: out of memory\n");
    return 1;
  }
  for (int64_t i = 0; i < prompt_length; ++i)
    tokens[i] = atoi(argv[4 + i]);

  // One row, in slot 0: first the whole prompt, then one token at a time.
  int64_t row_start[2] = {0, prompt_length};
  int32_t slot[1] = {0};
  braid_batch batch = {.size = sizeof batch, .entry = prefill, .rows = 1, .row_start = row_start, .slot = slot,
                       .tokens = tokens};
  for (int64_t i = 0; i < count; ++i) {
    // What is drawn is the next call's token.
    check(braid_session_next(session, &batch, logits, (size_t)model.vocab_size, &sampler, tokens));
    printf("%s%d", i == 0 ? "" : ",", tokens[0]);
    row_start[1] = 1;
    batch.entry = decode;
  }
  printf("\n");

  free(tokens);
  free(logits);
  braid_sampler_destroy(sampler);
  braid_session_destroy(session);
  braid_program_destroy(program);
  return 0;
}
