//===- tiny.c - An artifact written by hand, for tests of the runtime -----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model of four channels that uses every service of the runtime. With x the
// embedding of a token, the row of a token's hidden state is
//
//   h = recurrent + tail + mean + bias
//
// where recurrent = 0.5 * recurrent + x, tail is the sum of the last three x,
// and mean is the average of all x so far, read from key-value pages. The logit
// of token v is the dot product of h and the embedding of v.
//
// Besides, a function of tensors: `accumulate` continues the state `sum` of each row,
// y = x + bias + the sum of the x before it, through the arena. On a GPU it starts
// kernel 0 instead, on its argument, its result, and a grid of rows and longest row.
//
//===----------------------------------------------------------------------===//

#include "braid/Runtime/artifact.h"

enum { CHANNELS = 4, VOCAB = 16, TAIL = 3 };
enum { EMBEDDING, BIAS };            // weights
enum { STATE_TAIL, STATE_SUM, STATE_KEY }; // states

typedef struct {
  const braid_call *call;
  int logits_per_token;
} arguments_t;

/// The hidden states of the call, in the sub-arena sized by tokens.
static float *hidden(const braid_call *call, int64_t token) {
  return (float *)call->arena[0] + token * CHANNELS;
}

static float *key(const braid_call *call, int64_t slot, int64_t position) {
  int32_t page = call->pages[slot * call->pages_per_slot + position / BRAID_PAGE_TOKENS];
  return (float *)call->states[STATE_KEY] +
         ((int64_t)page * BRAID_PAGE_TOKENS + position % BRAID_PAGE_TOKENS) * CHANNELS;
}

/// One block is one row.
static void run_row(const void *pointer, int64_t row, void *scratch) {
  const braid_call *call = ((const arguments_t *)pointer)->call;
  const float *embedding = (const float *)call->weights[EMBEDDING];
  const float *bias = (const float *)call->weights[BIAS];
  int32_t slot = call->slot[row];
  if (slot < 0)
    return;
  float *tail = (float *)call->states[STATE_TAIL] + (int64_t)slot * TAIL * CHANNELS;
  float *sum = (float *)call->states[STATE_SUM] + (int64_t)slot * CHANNELS;
  float *total = (float *)scratch; // of all keys so far
  int64_t length = call->length[slot];
  if (length == 0) {
    for (int i = 0; i < TAIL * CHANNELS; ++i)
      tail[i] = 0;
    for (int c = 0; c < CHANNELS; ++c)
      sum[c] = 0;
  }
  for (int c = 0; c < CHANNELS; ++c)
    total[c] = 0;
  for (int64_t p = 0; p < length; ++p)
    for (int c = 0; c < CHANNELS; ++c)
      total[c] += key(call, slot, p)[c];
  for (int64_t t = call->row_start[row]; t < call->row_start[row + 1]; ++t, ++length) {
    const float *x = embedding + (int64_t)call->tokens[t] * CHANNELS;
    for (int c = 0; c < CHANNELS; ++c) {
      key(call, slot, length)[c] = x[c];
      total[c] += x[c];
      sum[c] = 0.5f * sum[c] + x[c];
      for (int i = 0; i + 1 < TAIL; ++i)
        tail[i * CHANNELS + c] = tail[(i + 1) * CHANNELS + c];
      tail[(TAIL - 1) * CHANNELS + c] = x[c];
      float window = 0;
      for (int i = 0; i < TAIL; ++i)
        window += tail[i * CHANNELS + c];
      hidden(call, t)[c] = sum[c] + window + total[c] / (float)(length + 1) + bias[c];
    }
  }
}

/// One block is one row of logits.
static void run_logits(const void *pointer, int64_t block, void *scratch) {
  const arguments_t *arguments = (const arguments_t *)pointer;
  const braid_call *call = arguments->call;
  const float *embedding = (const float *)call->weights[EMBEDDING];
  int64_t row = block, token = block;
  if (arguments->logits_per_token) {
    for (row = 0; call->row_start[row + 1] <= token;)
      ++row;
  } else {
    token = call->row_start[row + 1] - 1;
  }
  float *h = (float *)scratch;
  for (int c = 0; c < CHANNELS; ++c)
    h[c] = call->slot[row] < 0 ? 0 : hidden(call, token)[c];
  for (int64_t v = 0; v < VOCAB; ++v) {
    float dot = 0;
    for (int c = 0; c < CHANNELS; ++c)
      dot += h[c] * embedding[v * CHANNELS + c];
    call->logits[block * VOCAB + v] = dot;
  }
}

/// Every slot and every page that the call may touch lies in the buffers it was given.
static int in_bounds(const braid_call *call) {
  for (int64_t row = 0; row < call->b; ++row) {
    int64_t slot = call->slot[row];
    if (slot >= call->slots)
      return 0;
    int64_t end = slot < 0 ? 0 : call->length[slot] + call->row_start[row + 1] - call->row_start[row];
    if (end > call->pages_per_slot * BRAID_PAGE_TOKENS)
      return 0;
    for (int64_t page = 0; page * BRAID_PAGE_TOKENS < end; ++page)
      if (call->pages[slot * call->pages_per_slot + page] >= call->page_count)
        return 0;
  }
  return 1;
}

static int32_t run(const braid_host_api *api, const braid_call *call, int logits_per_token) {
  if (call->size < sizeof *call || !in_bounds(call))
    return 1;
  arguments_t arguments = {call, logits_per_token};
  api->parallel_for(api->context, run_row, &arguments, call->b);
  api->parallel_for(api->context, run_logits, &arguments, logits_per_token ? call->n : call->b);
  return 0;
}

/// One block is one row of the function.
static void accumulate_row(const void *pointer, int64_t row, void *scratch) {
  (void)scratch;
  const braid_call *call = ((const arguments_t *)pointer)->call;
  const float *x = (const float *)call->arguments[0], *bias = (const float *)call->arguments[1];
  int32_t slot = call->slot[row];
  if (slot < 0)
    return;
  float *sum = (float *)call->states[STATE_SUM] + (int64_t)slot * CHANNELS;
  for (int c = 0; c < CHANNELS && call->length[slot] == 0; ++c)
    sum[c] = 0;
  for (int64_t t = call->row_start[row]; t < call->row_start[row + 1]; ++t)
    for (int c = 0; c < CHANNELS; ++c) {
      sum[c] += x[t * CHANNELS + c];
      hidden(call, t)[c] = sum[c] + bias[c];
      ((float *)call->results[0])[t * CHANNELS + c] = hidden(call, t)[c];
    }
}

static int32_t accumulate(const braid_host_api *api, const braid_call *call) {
  if (call->size < sizeof *call)
    return 1;
  if (api->launch) {
    const struct {
      const void *x;
      int64_t tokens;
      void *y;
      int64_t result_tokens, grid[3];
    } kernel = {call->arguments[0], call->n, call->results[0], call->n, {call->b, call->longest_row, 1}};
    api->launch(api->context, 0, &kernel);
    return 0;
  }
  arguments_t arguments = {call, 0};
  api->parallel_for(api->context, accumulate_row, &arguments, call->b);
  return 0;
}

static int32_t prefill(const braid_host_api *api, const braid_call *call) { return run(api, call, 0); }
static int32_t decode(const braid_host_api *api, const braid_call *call) { return run(api, call, 0); }
static int32_t score(const braid_host_api *api, const braid_call *call) { return run(api, call, 1); }

__attribute__((visibility("default"))) const braid_artifact_table braid_artifact = {
    BRAID_ARTIFACT_VERSION, 4, {prefill, decode, score, accumulate}};
