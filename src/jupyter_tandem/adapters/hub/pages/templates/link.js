// Takes a link's secret out of the address, has the Hub sign its person in, shows what the link is about and, on
// *Open in JupyterLab*, exchanges it for the document. Where people may come in without an account, the link is asked
// first whether it is for them. Everything that comes from people is put into text nodes.
'use strict';
(() => {
  const KEPT = 'tandem-link';
  const element = id => document.getElementById(id);
  const { prefix, xsrf, guests } = element('link').dataset;
  /** Whether somebody without an account is here, as far as is known. */
  const asGuest = !xsrf && guests !== undefined;
  let proof = xsrf;

  const ROLES = {
    viewer: 'can look at it as it changes',
    commenter: 'can look at it and comment',
    suggester: 'can look at it, comment and suggest changes',
    editor: 'can look at it, comment and change it'
  };
  const ROLES_IN_FOLDER = {
    viewer: 'can look at what it holds as it changes',
    commenter: 'can look at what it holds and comment',
    suggester: 'can look at what it holds, comment and suggest changes',
    editor: 'can look at what it holds, comment and change it'
  };
  const RUN = ', and run code at its owner’s server';

  /** The secret leaves the address and the history at once; signing in leads away and back. */
  function takeSecret() {
    const secret = location.hash.slice(1);
    if (secret) {
      sessionStorage.setItem(KEPT, secret);
      history.replaceState(null, '', location.pathname);
    }
    return secret || sessionStorage.getItem(KEPT) || '';
  }

  function ask(what, body) {
    return reach(`${asGuest ? guests : `${prefix}link`}/${what}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Xsrftoken': proof },
      body: JSON.stringify(body)
    });
  }

  async function reach(url, request) {
    let response;
    let answer;
    try {
      response = await fetch(url, {
        ...request,
        credentials: 'same-origin',
        referrerPolicy: 'no-referrer'
      });
      answer = await response.json();
    } catch {
      throw new Error('The service cannot be reached. Try again in a moment.');
    }
    if (!response.ok) {
      throw new Error(answer.message || 'Something went wrong. Try again in a moment.');
    }
    return answer;
  }

  function say(sentence) {
    element('sentence').textContent = sentence;
    element('link').setAttribute('aria-busy', 'false');
  }

  function object(sentence) {
    element('problem').textContent = sentence;
    element('problem').hidden = sentence === '';
  }

  function show(preview) {
    const what = preview.folder ? 'folder' : 'document';
    say(preview.by ? `${preview.by} shares a ${what} with you.` : `A ${what} is shared with you.`);
    element('what').textContent = preview.name;
    element('by').textContent = preview.by || 'its owner';
    const roles = preview.folder ? ROLES_IN_FOLDER : ROLES;
    element('role').textContent =
      (roles[preview.role] || preview.role) + (preview.may_run ? RUN : '');
    element('until').textContent = preview.expires_at
      ? new Date(preview.expires_at * 1000).toLocaleString([], {
          dateStyle: 'long',
          timeStyle: 'short'
        })
      : 'it is taken back';
    element('password-field').hidden = !preview.password;
    element('form').hidden = false;
    if (asGuest) {
      showAsGuest(preview);
    } else {
      element(preview.password ? 'password' : 'continue').focus();
    }
  }

  function showAsGuest({ known_as, suggested_name }) {
    element('name').value = known_as ?? suggested_name;
    element('name-field').hidden = known_as !== null;
    element('continue').textContent = 'Continue without an account';
    element(known_as === null ? 'name' : 'continue').focus();
  }

  function offerAccount() {
    if (asGuest) {
      element('account').hidden = false;
    }
  }

  async function open(secret) {
    if (asGuest) {
      ({ proof } = await reach(`${guests}/proof`, {}));
    }
    const preview = await ask('look', { secret });
    if (preview.sign_in) {
      location.replace(`${prefix}link/open`);
      return;
    }
    offerAccount();
    if (preview.gone) {
      sessionStorage.removeItem(KEPT);
      say('What this link leads to is gone. Ask the person who sent it.');
      return;
    }
    show(preview);
    element('form').addEventListener('submit', event => {
      event.preventDefault();
      void redeem(secret);
    });
  }

  async function redeem(secret) {
    object('');
    element('continue').disabled = true;
    try {
      const name = asGuest ? { display_name: element('name').value } : {};
      const { url } = await ask('redeem', {
        secret,
        password: element('password').value,
        ...name
      });
      sessionStorage.removeItem(KEPT);
      location.replace(url);
    } catch (error) {
      object(error.message);
      element('continue').disabled = false;
    }
  }

  const secret = takeSecret();
  if (!secret) {
    say('For your safety the link is not kept here. Open it again from where you got it.');
  } else if (!xsrf && !asGuest) {
    location.replace(`${prefix}link/open`);
  } else {
    open(secret).catch(error => {
      if (asGuest) {
        // Somebody with an account may be let in again where nobody else is.
        offerAccount();
      } else {
        sessionStorage.removeItem(KEPT);
      }
      say(error.message);
    });
  }
})();
